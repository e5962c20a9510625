/** A place with room for so many bytes of image data: one file, a block device, or a directory. */
export class SpaceAccount {
  readonly capacity: number
  #used = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Bytes of image data that are stored there. */
  get used(): number {
    return this.#used
  }

  /** True when so many bytes more can be stored; giving back always can. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= 0 || this.#used + bytes <= this.capacity
  }

  /** Counts bytes stored, or given back when negative. */
  change(bytes: number): void {
    this.#used += bytes
  }
}
