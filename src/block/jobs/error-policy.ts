import { Errno } from '../../errors/index.ts'
import type { BlockErrorAction } from './job-event.ts'

/** What a job is told to do about I/O errors; QAPI's BlockdevOnError. */
export type ErrorPolicy = 'report' | 'ignore' | 'enospc' | 'stop' | 'auto'

/** The policies, in QAPI's order. */
export const errorPolicies: readonly ErrorPolicy[] = ['report', 'ignore', 'enospc', 'stop', 'auto']

/** What is done about an error. For a job, `auto` is the same as `enospc`. */
export function errorAction(policy: ErrorPolicy, errno: Errno): BlockErrorAction {
  switch (policy) {
    case 'report':
    case 'ignore':
    case 'stop':
      return policy
    case 'enospc':
    case 'auto':
      return errno === Errno.ENOSPC ? 'stop' : 'report'
  }
}
