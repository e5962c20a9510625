/**
 * The errno values of Linux that virtdriver raises or meets, with the C library's texts.
 *
 * @module
 */

/** Error numbers of system calls, as on Linux. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  EOVERFLOW: 75,
  ENOTSUP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNRESET: 104,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  ECANCELED: 125,
} as const
/** One of {@link Errno}. */
export type Errno = (typeof Errno)[keyof typeof Errno]

const texts: Readonly<Record<Errno, string>> = {
  [Errno.EPERM]: 'Operation not permitted',
  [Errno.ENOENT]: 'No such file or directory',
  [Errno.EINTR]: 'Interrupted system call',
  [Errno.EIO]: 'Input/output error',
  [Errno.EBADF]: 'Bad file descriptor',
  [Errno.EAGAIN]: 'Resource temporarily unavailable',
  [Errno.ENOMEM]: 'Cannot allocate memory',
  [Errno.EACCES]: 'Permission denied',
  [Errno.EBUSY]: 'Device or resource busy',
  [Errno.EEXIST]: 'File exists',
  [Errno.ENODEV]: 'No such device',
  [Errno.ENOTDIR]: 'Not a directory',
  [Errno.EISDIR]: 'Is a directory',
  [Errno.EINVAL]: 'Invalid argument',
  [Errno.EMFILE]: 'Too many open files',
  [Errno.EFBIG]: 'File too large',
  [Errno.ENOSPC]: 'No space left on device',
  [Errno.EROFS]: 'Read-only file system',
  [Errno.EPIPE]: 'Broken pipe',
  [Errno.ENAMETOOLONG]: 'File name too long',
  [Errno.EOVERFLOW]: 'Value too large for defined data type',
  [Errno.ENOTSUP]: 'Operation not supported',
  [Errno.EADDRINUSE]: 'Address already in use',
  [Errno.EADDRNOTAVAIL]: 'Cannot assign requested address',
  [Errno.ENETUNREACH]: 'Network is unreachable',
  [Errno.ECONNRESET]: 'Connection reset by peer',
  [Errno.ENOTCONN]: 'Transport endpoint is not connected',
  [Errno.ESHUTDOWN]: 'Cannot send after transport endpoint shutdown',
  [Errno.ETIMEDOUT]: 'Connection timed out',
  [Errno.ECONNREFUSED]: 'Connection refused',
  [Errno.EHOSTUNREACH]: 'No route to host',
  [Errno.ECANCELED]: 'Operation canceled',
}

/** Says what an errno means, in the C library's words. */
export function strerror(errno: Errno): string {
  return texts[errno]
}

/** The errno of a Node system error by its `code` (`'ENOENT'`), or EIO for one that is not in {@link Errno}. */
export function errnoOf(error: unknown): Errno {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  for (const [name, value] of Object.entries(Errno)) {
    if (name === code) return value
  }
  return Errno.EIO
}
