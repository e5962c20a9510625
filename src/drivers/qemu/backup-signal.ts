/** Something that happens once, and can be waited for. */
export class Signal {
  readonly promise: Promise<void>
  #resolve: () => void = () => undefined
  #isSet = false

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get isSet(): boolean {
    return this.#isSet
  }

  set(): void {
    this.#isSet = true
    this.#resolve()
  }
}
