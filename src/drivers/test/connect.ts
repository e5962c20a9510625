import { ok, okAsync } from 'neverthrow'
import type { ConnectDriverMembers } from '../../driver/index.ts'
import { settled } from './member.ts'
import type { World } from './world.ts'

/** libvirt's features that every in-process driver has: file descriptors, string parameters, network update order. */
const features: ReadonlySet<number> = new Set([8, 9, 16])

/** The members of {@link connect}. */
type ConnectMembers = Required<
  Pick<
    ConnectDriverMembers,
    | 'connectSupportsFeature'
    | 'connectGetType'
    | 'connectGetVersion'
    | 'connectGetHostname'
    | 'connectIsEncrypted'
    | 'connectIsSecure'
    | 'connectIsAlive'
  >
>

/** What the connection itself answers. */
export function connect(world: World): ConnectMembers {
  const { semantics } = world
  return {
    connectSupportsFeature: (feature) => okAsync(features.has(feature)),
    connectGetType: () => okAsync(semantics.connectionType),
    connectGetVersion: () => okAsync(semantics.hypervisorVersion),
    connectGetHostname: () => settled(ok(world.port?.hostname ?? 'localhost')),
    connectIsEncrypted: () => okAsync(false),
    connectIsSecure: () => okAsync(true),
    connectIsAlive: () => okAsync(true),
  }
}
