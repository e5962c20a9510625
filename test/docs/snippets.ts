import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** A block of TypeScript in a document. */
export interface Snippet {
  /** Document and line: `docs/errors.md:12`. */
  readonly title: string
  readonly code: string
}

/** Gives all blocks of TypeScript of README.md and `docs/`. */
export function readSnippets(): Snippet[] {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((page) =>
    snippetsOf(page, readFileSync(join(root, page), 'utf8')),
  )
}

function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ index, 1: code = '' }) => ({
    title: `${page}:${text.slice(0, index).split('\n').length}`,
    code,
  }))
}
