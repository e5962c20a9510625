import { checkpointMembers, checkpointSemantics } from '../../checkpoint/index.ts'
import type { CheckpointDriver, ExtensionDriver } from '../../driver/index.ts'
import type { QemuHost } from './host-state.ts'
import { findDomain } from './member.ts'

/** Points in time since which a domain's changes are known. */
export function checkpoint(host: QemuHost): Required<CheckpointDriver & ExtensionDriver> {
  return checkpointMembers(checkpointSemantics.qemu, (ref) =>
    findDomain(host, ref).map(({ checkpoints }) => checkpoints),
  )
}
