/** The `<capabilities>` document. @module */
export type {
  CapabilitiesCell,
  CapabilitiesCpu,
  CapabilitiesDef,
  CapabilitiesDistance,
  CapabilitiesDomain,
  CapabilitiesFeature,
  CapabilitiesGuest,
  CapabilitiesHost,
  CapabilitiesMachine,
  CapabilitiesPages,
  CapabilitiesSecurityModel,
} from './capabilities-def.ts'
export { formatCapabilities } from './capabilities-format.ts'
export { parseCapabilities } from './capabilities-parse.ts'
