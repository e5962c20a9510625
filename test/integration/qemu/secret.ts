import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Stores a secret in a root, as libvirt does. */
export function storeSecret(root: string, uuid: string, value: string): void {
  const folder = join(root, 'etc/secrets')
  mkdirSync(folder, { recursive: true })
  const xml = `<secret ephemeral='no' private='yes'><uuid>${uuid}</uuid></secret>`
  writeFileSync(join(folder, `${uuid}.xml`), xml)
  writeFileSync(join(folder, `${uuid}.base64`), Buffer.from(value).toString('base64'))
}
