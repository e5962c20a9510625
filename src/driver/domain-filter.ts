import { ConnectListAllDomainsFlags as List, DomainState } from '../constants/index.ts'

/** What a list of domains can be filtered by. */
export interface FilteredDomain {
  readonly isActive: boolean
  readonly persistent: boolean
  readonly state: DomainState
  readonly autostart: boolean
  readonly checkpointCount: number
}

/** Each group lists the filters of one property; a group of which nothing is asked for lets all domains through. */
const filterGroups: readonly (readonly (readonly [
  number,
  (domain: FilteredDomain) => boolean,
])[])[] = [
  [
    [List.ACTIVE, (domain) => domain.isActive],
    [List.INACTIVE, (domain) => !domain.isActive],
  ],
  [
    [List.PERSISTENT, (domain) => domain.persistent],
    [List.TRANSIENT, (domain) => !domain.persistent],
  ],
  [
    [List.RUNNING, (domain) => domain.state === DomainState.RUNNING],
    [List.PAUSED, (domain) => domain.state === DomainState.PAUSED],
    [List.SHUTOFF, (domain) => domain.state === DomainState.SHUTOFF],
    [List.OTHER, (domain) => !plainStates.has(domain.state)],
  ],
  [
    [List.MANAGEDSAVE, () => false],
    [List.NO_MANAGEDSAVE, () => true],
  ],
  [
    [List.AUTOSTART, (domain) => domain.autostart],
    [List.NO_AUTOSTART, (domain) => !domain.autostart],
  ],
  [
    [List.HAS_SNAPSHOT, () => false],
    [List.NO_SNAPSHOT, () => true],
  ],
  [
    [List.HAS_CHECKPOINT, (domain) => domain.checkpointCount > 0],
    [List.NO_CHECKPOINT, (domain) => domain.checkpointCount === 0],
  ],
]

const plainStates: ReadonlySet<DomainState> = new Set([
  DomainState.RUNNING,
  DomainState.PAUSED,
  DomainState.SHUTOFF,
])

/** The flags that filter. */
export const domainFilters: number = Object.values(List).reduce((all: number, bit) => all | bit, 0)

/** Tells whether a domain passes the filters; libvirt's `virDomainObjMatchFilter`. */
export function passesFilters(domain: FilteredDomain, flags: number): boolean {
  return filterGroups.every((group) => {
    const asked = group.filter(([bit]) => (flags & bit) !== 0)
    return asked.length === 0 || asked.some(([, matches]) => matches(domain))
  })
}
