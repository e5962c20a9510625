import { okAsync, type ResultAsync } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import type { CapabilitiesDef, CapabilitiesGuest } from '../../xml/index.ts'
import { defaultEmulator } from './default-emulator.ts'
import { hostProcessors, nodeInfo } from './host-facts.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuBinary } from './process/qemu-binaries.ts'

/** Describes the host as it is, and what it can run: what can be found out for sure, and no more. */
export function describeHost(host: QemuHost): VirResultAsync<CapabilitiesDef> {
  return guestsOf(host).map((guests) => {
    const { facts } = host
    const memoryKiB = nodeInfo(facts).memory
    return {
      host: {
        ...(facts.uuid !== undefined && { uuid: facts.uuid }),
        arch: facts.arch,
        pageSizesKiB: [4],
        powerManagement: [],
        iommu: false,
        cells: [
          {
            id: 0,
            memoryKiB,
            pages: [{ sizeKiB: 4, count: Math.floor(memoryKiB / 4) }],
            distances: [{ id: 0, value: 10 }],
            cpus: hostProcessors().map(({ id, socket, core, siblings }) => ({
              id,
              socketId: socket,
              dieId: 0,
              coreId: core,
              siblings,
            })),
          },
        ],
        securityModels: [{ model: 'none', doi: '0' }],
      },
      guests,
    }
  })
}

/** The kinds of guests that this driver can lay out, as far as there is a program for them. */
function guestsOf(host: QemuHost): ResultAsync<CapabilitiesGuest[], VirError> {
  const one = (arch: string, wordSize: number): ResultAsync<CapabilitiesGuest[], VirError> =>
    defaultEmulator(host, arch)
      .map((binary) => [describeGuest(arch, wordSize, binary)])
      .orElse(() => okAsync([]))
  return one('i686', 32).andThen((narrow) => one('x86_64', 64).map((wide) => [...narrow, ...wide]))
}

function describeGuest(arch: string, wordSize: number, binary: QemuBinary): CapabilitiesGuest {
  return {
    osType: 'hvm',
    arch,
    wordSize,
    emulator: binary.path,
    machines: binary.machines
      .filter(({ name }) => name.startsWith('pc'))
      .flatMap(({ name, alias, maxCpus, deprecated }) => [
        { name, maxCpus, ...(deprecated && { deprecated }) },
        ...(alias === undefined ? [] : [{ name: alias, canonical: name, maxCpus }]),
      ]),
    domains: [
      { type: 'qemu', machines: [] },
      ...(binary.kvm ? [{ type: 'kvm', machines: [] }] : []),
    ],
    features: [{ name: 'acpi', default: true, toggle: true }, { name: 'cpuselection' }],
  }
}
