import {
  Errno,
  ErrorDomain,
  ErrorNumber,
  systemError,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import type { QmpError, QmpResultAsync } from '../../qmp/index.ts'

/**
 * Says in libvirt's words why a command of the monitor failed; `qemuMonitorJSONCheckErrorFull` and `qemuMonitorSend`.
 *
 * The error below stays as the cause; when its `sent` is set and its kind is not `refused`, the outcome is not known.
 */
export function qmpToVirError(error: QmpError): VirError {
  const fail = (code: ErrorNumber, detail: string): VirError =>
    virError(code, ErrorDomain.QEMU, detail, { cause: error })
  switch (error.kind) {
    case 'refused':
      return fail(
        ErrorNumber.INTERNAL_ERROR,
        `unable to execute QEMU command '${error.command}': ${refusal(error)}`,
      )
    case 'unexpected':
      return fail(ErrorNumber.INTERNAL_ERROR, error.message)
    case 'interrupted':
      return systemError(ErrorDomain.QEMU, Errno.ECONNRESET, 'Unable to read from monitor', {
        cause: error,
      })
    case 'unsupported':
      return fail(ErrorNumber.OPERATION_FAILED, 'domain is no longer running')
    case 'timeout':
      return fail(ErrorNumber.OPERATION_TIMEOUT, error.message)
    case 'aborted':
      return fail(ErrorNumber.OPERATION_ABORTED, error.message)
    case 'unreachable':
      return fail(ErrorNumber.OPERATION_FAILED, error.message)
  }
}

/** Classes of errors for which libvirt has words of its own; `qemuMonitorJSONStringifyErrorClass`. */
function refusal({ errorClass, desc }: QmpError): string {
  if (desc !== '') return desc
  switch (errorClass) {
    case 'CommandNotFound':
      return 'The command has not been found'
    case 'DeviceNotFound':
      return 'Device not found'
    case 'DeviceNotActive':
      return 'No active device'
    case '':
      return 'unknown QEMU command error'
    default:
      return errorClass
  }
}

/** Hands out what a command gave, with libvirt's error. */
export function monitored<T>(result: QmpResultAsync<T>): VirResultAsync<T> {
  return result.mapErr(qmpToVirError)
}
