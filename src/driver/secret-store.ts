/** A secret that encrypted images are opened with. */
export interface Secret {
  /** Lower-case, dashed. */
  readonly uuid: string
  /** The name by which a definition may ask for it instead, such as the path of a volume. */
  readonly usage?: string
  readonly value: Uint8Array
}

/** The secrets that a hypervisor knows. */
export class SecretStore {
  readonly #byUuid = new Map<string, Secret>()
  readonly #byUsage = new Map<string, Secret>()

  /** Adds a secret, or replaces the one with the same UUID. */
  set(secret: Secret): void {
    this.delete(secret.uuid)
    this.#byUuid.set(secret.uuid, secret)
    if (secret.usage !== undefined) this.#byUsage.set(secret.usage, secret)
  }

  /** Forgets a secret. */
  delete(uuid: string): void {
    const secret = this.#byUuid.get(uuid)
    if (secret === undefined) return
    this.#byUuid.delete(uuid)
    if (secret.usage !== undefined) this.#byUsage.delete(secret.usage)
  }

  /** The secret with a UUID: lower-case, dashed. */
  byUuid(uuid: string): Secret | undefined {
    return this.#byUuid.get(uuid)
  }

  /** The secret that goes by a name. */
  byUsage(usage: string): Secret | undefined {
    return this.#byUsage.get(usage)
  }
}
