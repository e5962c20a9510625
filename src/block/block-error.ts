/**
 * The error of the block layer: QEMU's own words, and the errno of a failed request.
 *
 * @module
 */
import type { Result } from 'neverthrow'
import { err } from 'neverthrow'
import { Errno, ErrorDomain, ErrorNumber, strerror, VirError, virError } from '../errors/index.ts'

/** QEMU's class of an error; all but a few are `GenericError`. */
export type BlockErrorClass = 'GenericError' | 'DeviceNotActive' | 'DeviceNotFound'

/** What a block operation gives; assignable to `VirResult<T>`. */
export type BlockResult<T> = Result<T, BlockError>

/**
 * What went wrong in the block layer.
 *
 * `message` is QEMU's description as it stands, without libvirt's prefix: {@link commandError} adds that. `code` is
 * SYSTEM_ERROR for a request that failed with an errno (also in `int1`), INTERNAL_ERROR for a refused command.
 */
export class BlockError extends VirError {
  readonly errorClass: BlockErrorClass
  /** The errno of a failed request; absent when a command was refused for another reason. */
  readonly errno: Errno | undefined

  constructor(message: string, errorClass: BlockErrorClass, errno?: Errno) {
    super({
      code: errno === undefined ? ErrorNumber.INTERNAL_ERROR : ErrorNumber.SYSTEM_ERROR,
      domain: ErrorDomain.QEMU,
      message,
      str1: '%s',
      str2: message,
      int1: errno ?? -1,
      int2: -1,
    })
    this.errorClass = errorClass
    this.errno = errno
  }
}

/** Refuses a command, in QEMU's words. */
export function blockError(
  description: string,
  errorClass: BlockErrorClass = 'GenericError',
): BlockError {
  return new BlockError(description, errorClass)
}

/** Fails a request or the opening of a file with an errno; the text defaults to what the errno means. */
export function ioError(errno: Errno, description: string = strerror(errno)): BlockError {
  return new BlockError(description, 'GenericError', errno)
}

/** The result of a refused command. */
export function refuse(description: string): Result<never, BlockError> {
  return err(blockError(description))
}

/** The result of a failed request. */
export function failIo(errno: Errno, description?: string): Result<never, BlockError> {
  return err(ioError(errno, description))
}

/**
 * Reports a refused QMP command as libvirt's QEMU driver does.
 *
 * @param command - The command's name on the wire, `transaction` for a refused action
 * @param error - Its message is QEMU's description
 */
export function commandError(command: string, error: Error): VirError {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    `unable to execute QEMU command '${command}': ${error.message}`,
    { cause: error },
  )
}

/** The errno that an error stands for; EIO when it carries none. */
export function errnoOfError(error: VirError): Errno {
  if (error.code !== ErrorNumber.SYSTEM_ERROR) return Errno.EIO
  return Object.values(Errno).find((errno) => errno === error.int1) ?? Errno.EIO
}
