/** What tests of backup software hold in their hand. @module */
export { Guest, GuestAgent, ManualClock } from '../drivers/test/index.ts'
export type {
  AgentBehaviour,
  AgentFileSystem,
  Clock,
  HostPort,
  HypervisorConfig,
  NbdTarget,
  Secret,
  SecretStore,
  SemanticsName,
  Task,
} from '../drivers/test/index.ts'
export { TestHypervisor } from './hypervisor.ts'
export type { TestConnectOptions, TestHypervisorOptions } from './hypervisor.ts'
export { drawDirtyMap, drawProgress, drawTree } from './pictures.ts'
export type { PictureExtent, PictureNode } from './pictures.ts'
