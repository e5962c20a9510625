import { directoryOf } from './directory-rules.ts'

/** The directories that the images of a store are in: each is there as long as something is in it. */
export class DirectoryTree {
  /** How many images and directories are right in each directory. */
  readonly #entries = new Map<string, number>()

  /** True when a path is a directory. */
  has(path: string): boolean {
    return this.#entries.has(path)
  }

  /** Makes the directories of an image that came. */
  add(path: string): void {
    for (let directory = path; directory !== '/';) {
      directory = directoryOf(directory)
      const before = this.#entries.get(directory) ?? 0
      this.#entries.set(directory, before + 1)
      if (before > 0) return
    }
  }

  /** Takes the directories away in which an image that went was the last thing. */
  remove(path: string): void {
    for (let directory = path; directory !== '/';) {
      directory = directoryOf(directory)
      const left = (this.#entries.get(directory) ?? 0) - 1
      if (left > 0) {
        this.#entries.set(directory, left)
        return
      }
      this.#entries.delete(directory)
    }
  }
}
