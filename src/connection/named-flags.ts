/**
 * Flags that several themes know, with the symbols that messages call them by.
 *
 * @module
 */
import { DomainModificationImpact } from '../constants/index.ts'
import type { NamedFlag } from './checks.ts'

/** Concerns the running domain. */
export const affectLive: NamedFlag = {
  symbol: 'VIR_DOMAIN_AFFECT_LIVE',
  bits: DomainModificationImpact.LIVE,
}

/** Concerns the domain's definition. */
export const affectConfig: NamedFlag = {
  symbol: 'VIR_DOMAIN_AFFECT_CONFIG',
  bits: DomainModificationImpact.CONFIG,
}
