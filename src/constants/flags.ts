/**
 * A number that remembers which set of flags it is made of.
 *
 * Members, `0` and members joined with `|` are accepted; a variable that is typed for another set is refused.
 */
export type Flags<E> = number & { readonly '~flags'?: E }
