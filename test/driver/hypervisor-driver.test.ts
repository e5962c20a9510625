import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import type {
  ConnectDriver,
  DriverFactory,
  ExtensionDriver,
  HypervisorDriver,
} from '../../src/driver/index.ts'

const folder = resolve(import.meta.dirname, '../../src/driver')

/** The names of libvirt 9.0's callbacks in the order of its struct, then `domainBackupEnd`. */
const upstream: readonly unknown[] = Array.from(
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../fixtures/driver-members.json'), 'utf8')),
)

type Callback = Exclude<keyof HypervisorDriver, 'name' | keyof ExtensionDriver>

/** The compiler refuses this table when the interface lacks one of these names or has another. */
const members: Readonly<Record<Callback, true>> = {
  connectBaselineCPU: true,
  connectBaselineHypervisorCPU: true,
  connectClose: true,
  connectCompareCPU: true,
  connectCompareHypervisorCPU: true,
  connectDomainEventDeregister: true,
  connectDomainEventDeregisterAny: true,
  connectDomainEventRegister: true,
  connectDomainEventRegisterAny: true,
  connectDomainQemuMonitorEventDeregister: true,
  connectDomainQemuMonitorEventRegister: true,
  connectDomainXMLFromNative: true,
  connectDomainXMLToNative: true,
  connectGetAllDomainStats: true,
  connectGetCPUModelNames: true,
  connectGetCapabilities: true,
  connectGetDomainCapabilities: true,
  connectGetHostname: true,
  connectGetLibVersion: true,
  connectGetMaxVcpus: true,
  connectGetSysinfo: true,
  connectGetType: true,
  connectGetVersion: true,
  connectIsAlive: true,
  connectIsEncrypted: true,
  connectIsSecure: true,
  connectListAllDomains: true,
  connectListDefinedDomains: true,
  connectListDomains: true,
  connectNumOfDefinedDomains: true,
  connectNumOfDomains: true,
  connectRegisterCloseCallback: true,
  connectSetIdentity: true,
  connectSetKeepAlive: true,
  connectSupportsFeature: true,
  connectUnregisterCloseCallback: true,
  domainAbortJob: true,
  domainAbortJobFlags: true,
  domainAddIOThread: true,
  domainAgentSetResponseTimeout: true,
  domainAttachDevice: true,
  domainAttachDeviceFlags: true,
  domainAuthorizedSSHKeysGet: true,
  domainAuthorizedSSHKeysSet: true,
  domainBackupBegin: true,
  domainBackupEnd: true,
  domainBackupGetXMLDesc: true,
  domainBlockCommit: true,
  domainBlockCopy: true,
  domainBlockJobAbort: true,
  domainBlockJobSetSpeed: true,
  domainBlockPeek: true,
  domainBlockPull: true,
  domainBlockRebase: true,
  domainBlockResize: true,
  domainBlockStats: true,
  domainBlockStatsFlags: true,
  domainCheckpointCreateXML: true,
  domainCheckpointDelete: true,
  domainCheckpointGetParent: true,
  domainCheckpointGetXMLDesc: true,
  domainCheckpointListAllChildren: true,
  domainCheckpointLookupByName: true,
  domainCoreDump: true,
  domainCoreDumpWithFormat: true,
  domainCreate: true,
  domainCreateWithFiles: true,
  domainCreateWithFlags: true,
  domainCreateXML: true,
  domainCreateXMLWithFiles: true,
  domainDefineXML: true,
  domainDefineXMLFlags: true,
  domainDelIOThread: true,
  domainDestroy: true,
  domainDestroyFlags: true,
  domainDetachDevice: true,
  domainDetachDeviceAlias: true,
  domainDetachDeviceFlags: true,
  domainFDAssociate: true,
  domainFSFreeze: true,
  domainFSThaw: true,
  domainFSTrim: true,
  domainGetAutostart: true,
  domainGetBlkioParameters: true,
  domainGetBlockInfo: true,
  domainGetBlockIoTune: true,
  domainGetBlockJobInfo: true,
  domainGetCPUStats: true,
  domainGetControlInfo: true,
  domainGetDiskErrors: true,
  domainGetEmulatorPinInfo: true,
  domainGetFSInfo: true,
  domainGetGuestInfo: true,
  domainGetGuestVcpus: true,
  domainGetHostname: true,
  domainGetIOThreadInfo: true,
  domainGetInfo: true,
  domainGetInterfaceParameters: true,
  domainGetJobInfo: true,
  domainGetJobStats: true,
  domainGetLaunchSecurityInfo: true,
  domainGetMaxMemory: true,
  domainGetMaxVcpus: true,
  domainGetMemoryParameters: true,
  domainGetMessages: true,
  domainGetMetadata: true,
  domainGetNumaParameters: true,
  domainGetOSType: true,
  domainGetPerfEvents: true,
  domainGetSchedulerParameters: true,
  domainGetSchedulerParametersFlags: true,
  domainGetSchedulerType: true,
  domainGetSecurityLabel: true,
  domainGetSecurityLabelList: true,
  domainGetState: true,
  domainGetTime: true,
  domainGetVcpuPinInfo: true,
  domainGetVcpus: true,
  domainGetVcpusFlags: true,
  domainGetXMLDesc: true,
  domainHasCurrentSnapshot: true,
  domainHasManagedSaveImage: true,
  domainInjectNMI: true,
  domainInterfaceAddresses: true,
  domainInterfaceStats: true,
  domainIsActive: true,
  domainIsPersistent: true,
  domainIsUpdated: true,
  domainListAllCheckpoints: true,
  domainListAllSnapshots: true,
  domainLookupByID: true,
  domainLookupByName: true,
  domainLookupByUUID: true,
  domainLxcOpenNamespace: true,
  domainManagedSave: true,
  domainManagedSaveDefineXML: true,
  domainManagedSaveGetXMLDesc: true,
  domainManagedSaveRemove: true,
  domainMemoryPeek: true,
  domainMemoryStats: true,
  domainMigrateBegin3: true,
  domainMigrateBegin3Params: true,
  domainMigrateConfirm3: true,
  domainMigrateConfirm3Params: true,
  domainMigrateFinish: true,
  domainMigrateFinish2: true,
  domainMigrateFinish3: true,
  domainMigrateFinish3Params: true,
  domainMigrateGetCompressionCache: true,
  domainMigrateGetMaxDowntime: true,
  domainMigrateGetMaxSpeed: true,
  domainMigratePerform: true,
  domainMigratePerform3: true,
  domainMigratePerform3Params: true,
  domainMigratePrepare: true,
  domainMigratePrepare2: true,
  domainMigratePrepare3: true,
  domainMigratePrepare3Params: true,
  domainMigratePrepareTunnel: true,
  domainMigratePrepareTunnel3: true,
  domainMigratePrepareTunnel3Params: true,
  domainMigrateSetCompressionCache: true,
  domainMigrateSetMaxDowntime: true,
  domainMigrateSetMaxSpeed: true,
  domainMigrateStartPostCopy: true,
  domainOpenChannel: true,
  domainOpenConsole: true,
  domainOpenGraphics: true,
  domainOpenGraphicsFD: true,
  domainPMSuspendForDuration: true,
  domainPMWakeup: true,
  domainPinEmulator: true,
  domainPinIOThread: true,
  domainPinVcpu: true,
  domainPinVcpuFlags: true,
  domainQemuAgentCommand: true,
  domainQemuAttach: true,
  domainQemuMonitorCommand: true,
  domainQemuMonitorCommandWithFiles: true,
  domainReboot: true,
  domainRename: true,
  domainReset: true,
  domainRestore: true,
  domainRestoreFlags: true,
  domainRestoreParams: true,
  domainResume: true,
  domainRevertToSnapshot: true,
  domainSave: true,
  domainSaveFlags: true,
  domainSaveImageDefineXML: true,
  domainSaveImageGetXMLDesc: true,
  domainSaveParams: true,
  domainScreenshot: true,
  domainSendKey: true,
  domainSendProcessSignal: true,
  domainSetAutostart: true,
  domainSetBlkioParameters: true,
  domainSetBlockIoTune: true,
  domainSetBlockThreshold: true,
  domainSetGuestVcpus: true,
  domainSetIOThreadParams: true,
  domainSetInterfaceParameters: true,
  domainSetLaunchSecurityState: true,
  domainSetLifecycleAction: true,
  domainSetMaxMemory: true,
  domainSetMemory: true,
  domainSetMemoryFlags: true,
  domainSetMemoryParameters: true,
  domainSetMemoryStatsPeriod: true,
  domainSetMetadata: true,
  domainSetNumaParameters: true,
  domainSetPerfEvents: true,
  domainSetSchedulerParameters: true,
  domainSetSchedulerParametersFlags: true,
  domainSetTime: true,
  domainSetUserPassword: true,
  domainSetVcpu: true,
  domainSetVcpus: true,
  domainSetVcpusFlags: true,
  domainShutdown: true,
  domainShutdownFlags: true,
  domainSnapshotCreateXML: true,
  domainSnapshotCurrent: true,
  domainSnapshotDelete: true,
  domainSnapshotGetParent: true,
  domainSnapshotGetXMLDesc: true,
  domainSnapshotHasMetadata: true,
  domainSnapshotIsCurrent: true,
  domainSnapshotListAllChildren: true,
  domainSnapshotListChildrenNames: true,
  domainSnapshotListNames: true,
  domainSnapshotLookupByName: true,
  domainSnapshotNum: true,
  domainSnapshotNumChildren: true,
  domainStartDirtyRateCalc: true,
  domainSuspend: true,
  domainUndefine: true,
  domainUndefineFlags: true,
  domainUpdateDeviceFlags: true,
  nodeAllocPages: true,
  nodeDeviceDetachFlags: true,
  nodeDeviceDettach: true,
  nodeDeviceReAttach: true,
  nodeDeviceReset: true,
  nodeGetCPUMap: true,
  nodeGetCPUStats: true,
  nodeGetCellsFreeMemory: true,
  nodeGetFreeMemory: true,
  nodeGetFreePages: true,
  nodeGetInfo: true,
  nodeGetMemoryParameters: true,
  nodeGetMemoryStats: true,
  nodeGetSEVInfo: true,
  nodeGetSecurityModel: true,
  nodeSetMemoryParameters: true,
  nodeSuspendForDuration: true,
}

/** Members that belong to opening, which comes before there is a connection. */
const opening: Readonly<
  Record<keyof DriverFactory | Extract<keyof ConnectDriver, `connect${string}`>, true>
> = { connectOpen: true, connectURIProbe: true }

const extensions: Readonly<Record<keyof ExtensionDriver, true>> = {
  domainCheckpointDiagnose: true,
  domainCheckpointReconcile: true,
}

/** Members without a public C function. */
const unreleased: ReadonlySet<string> = new Set([
  ...Object.keys(extensions),
  'connectURIProbe',
  'domainBackupEnd',
])

interface Member {
  readonly file: string
  readonly name: string
  readonly optional: boolean
  readonly documentation: string
  readonly libvirt: string | undefined
}

function membersOf(file: string): readonly Member[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(folder, file), 'utf8'),
    ts.ScriptTarget.ESNext,
    true,
  )
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .flatMap((declaration) => declaration.members)
    .filter(ts.isMethodSignature)
    .map((member) => {
      const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'libvirt')
      return {
        file: basename(file, '.ts'),
        name: member.name.getText(source),
        optional: member.questionToken !== undefined,
        documentation: comments.map(({ comment }) => ts.getTextOfJSDocComment(comment)).join(''),
        libvirt: ts.getTextOfJSDocComment(tag?.comment),
      }
    })
}

const declared = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .flatMap(membersOf)
  .filter(({ name }) => /^(?:connect|domain|node)[A-Z]/.test(name))

describe('HypervisorDriver', () => {
  it("has libvirt's 257 callbacks and domainBackupEnd, and no other name", () => {
    expect(upstream).toHaveLength(258)
    const names = [...Object.keys(members), ...Object.keys(opening)]
    expect(names).toHaveLength(258)
    expect(new Set(names)).toStrictEqual(new Set(upstream))
  })

  it('declares each member exactly once', () => {
    const names = [members, opening, extensions].flatMap((table) => Object.keys(table))
    expect(declared.map(({ name }) => name).toSorted()).toStrictEqual(names.toSorted())
  })

  it('demands only what nothing works without', () => {
    const mandatory = declared.filter(({ optional }) => !optional).map(({ name }) => name)
    expect(mandatory.toSorted()).toStrictEqual(['connectClose', 'connectOpen'])
  })

  it('keeps what is ours alone in extensions.ts', () => {
    const ours = declared.filter(({ file }) => file === 'extensions').map(({ name }) => name)
    expect(ours.toSorted()).toStrictEqual(Object.keys(extensions))
  })

  it.each(declared)('documents $name', ({ documentation }) => {
    const sentence = documentation.split('\n\n')[0]?.replaceAll('\n', ' ')
    expect(sentence).toMatch(/^[A-Z].*\.$/)
  })

  it.each(declared.filter(({ name }) => !unreleased.has(name)))(
    'names the C function of $name',
    ({ name, libvirt }) => {
      // Three public functions open connections; this is the one that takes everything.
      const callback = name === 'connectOpen' ? 'connectOpenAuth' : name
      const cName = `vir${callback.charAt(0).toUpperCase()}${callback.slice(1)}`
      expect(libvirt).toMatch(new RegExp(`^${cName} \\(\\d+\\.\\d+\\.\\d+\\)$`))
    },
  )
})
