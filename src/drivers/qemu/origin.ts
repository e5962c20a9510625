import type { ErrorOrigin } from '../../driver/index.ts'
import { ErrorDomain } from '../../errors/index.ts'

/** Whose errors the QEMU driver's are. */
export const qemuOrigin: ErrorOrigin = { errorDomain: ErrorDomain.QEMU }
