/**
 * The numbers of the NBD protocol, under the protocol's own names.
 *
 * @see doc/proto.md of the NBD project, sections "Values" and "Protocol phases"
 * @module
 */

/** "NBDMAGIC": the first eight bytes that a server sends. */
export const NBD_MAGIC: bigint = 0x4e42_444d_4147_4943n
/** "IHAVEOPT": announces newstyle negotiation, and starts each option request. */
export const NBD_OPTION_MAGIC: bigint = 0x4948_4156_454f_5054n
/** The magic of an oldstyle server, which offers one export and no negotiation. */
export const NBD_OLDSTYLE_MAGIC: bigint = 0x0000_4202_8186_1253n
/** Starts each reply to an option. */
export const NBD_OPTION_REPLY_MAGIC: bigint = 0x0003_e889_0455_65a9n
/** Starts each request of the transmission phase. */
export const NBD_REQUEST_MAGIC = 0x2560_9513
/** Starts each simple reply. */
export const NBD_SIMPLE_REPLY_MAGIC = 0x6744_6698
/** Starts each chunk of a structured reply. */
export const NBD_STRUCTURED_REPLY_MAGIC = 0x668e_33ef

/** The longest string of the protocol, in bytes of UTF-8. */
export const NBD_MAX_STRING = 4096
/** The largest payload that a peer must accept when nothing else was agreed, in bytes: 32 MiB. */
export const NBD_MAX_PAYLOAD = 0x200_0000
/** The most descriptors that a server should send in one block status chunk. */
export const NBD_MAX_DESCRIPTORS = 0x10_0000
/** The port that IANA assigned. */
export const NBD_DEFAULT_PORT = 10809

/** What a server says of itself in its greeting. */
export const NbdHandshakeFlags = { FIXED_NEWSTYLE: 0x1, NO_ZEROES: 0x2 } as const

/** What a client answers to the greeting. */
export const NbdClientFlags = { FIXED_NEWSTYLE: 0x1, NO_ZEROES: 0x2 } as const

/** The options that a client may ask for before the transmission phase. */
export const NbdOption = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  STARTTLS: 5,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
  LIST_META_CONTEXT: 9,
  SET_META_CONTEXT: 10,
  EXTENDED_HEADERS: 11,
} as const

/** What a server answers to an option; errors have bit 31 set. */
export const NbdOptionReplyType = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  META_CONTEXT: 4,
  ERR_UNSUP: 0x8000_0001,
  ERR_POLICY: 0x8000_0002,
  ERR_INVALID: 0x8000_0003,
  ERR_PLATFORM: 0x8000_0004,
  ERR_TLS_REQD: 0x8000_0005,
  ERR_UNKNOWN: 0x8000_0006,
  ERR_SHUTDOWN: 0x8000_0007,
  ERR_BLOCK_SIZE_REQD: 0x8000_0008,
  ERR_TOO_BIG: 0x8000_0009,
  ERR_EXT_HEADER_REQD: 0x8000_000a,
} as const

/** The pieces of information that the INFO and GO options give. */
export const NbdInfoType = { EXPORT: 0, NAME: 1, DESCRIPTION: 2, BLOCK_SIZE: 3 } as const

/** What an export can do. */
export const NbdTransmissionFlags = {
  HAS_FLAGS: 0x1,
  READ_ONLY: 0x2,
  SEND_FLUSH: 0x4,
  SEND_FUA: 0x8,
  ROTATIONAL: 0x10,
  SEND_TRIM: 0x20,
  SEND_WRITE_ZEROES: 0x40,
  SEND_DF: 0x80,
  CAN_MULTI_CONN: 0x100,
  SEND_RESIZE: 0x200,
  SEND_CACHE: 0x400,
  SEND_FAST_ZERO: 0x800,
} as const

/** The commands of the transmission phase. */
export const NbdCommand = {
  READ: 0,
  WRITE: 1,
  DISC: 2,
  FLUSH: 3,
  TRIM: 4,
  CACHE: 5,
  WRITE_ZEROES: 6,
  BLOCK_STATUS: 7,
} as const

/** The flags of a command. */
export const NbdCommandFlags = {
  FUA: 0x1,
  NO_HOLE: 0x2,
  DF: 0x4,
  REQ_ONE: 0x8,
  FAST_ZERO: 0x10,
} as const

/** The flags of a structured reply chunk. */
export const NbdChunkFlags = { DONE: 0x1 } as const

/** The types of a structured reply chunk; errors have bit 15 set. */
export const NbdChunkType = {
  NONE: 0,
  OFFSET_DATA: 1,
  OFFSET_HOLE: 2,
  BLOCK_STATUS: 5,
  ERROR: 0x8001,
  ERROR_OFFSET: 0x8002,
} as const

/** The states of the `base:allocation` context; both together are a hole that reads as zeroes. */
export const NbdAllocationFlags = { HOLE: 0x1, ZERO: 0x2 } as const

/** The context that every server has: which parts are allocated, and which read as zeroes. */
export const NBD_BASE_ALLOCATION = 'base:allocation'

/** What the contexts of QEMU's dirty bitmaps start with; the bitmap's export name follows. */
export const NBD_DIRTY_BITMAP_PREFIX = 'qemu:dirty-bitmap:'

/** The error values of the protocol. */
export const NbdErrno = {
  EPERM: 1,
  EIO: 5,
  ENOMEM: 12,
  EINVAL: 22,
  ENOSPC: 28,
  EOVERFLOW: 75,
  ENOTSUP: 95,
  ESHUTDOWN: 108,
} as const
/** One of the error values of the protocol. */
export type NbdErrno = (typeof NbdErrno)[keyof typeof NbdErrno]

const errnoTexts: Readonly<Record<NbdErrno, string>> = {
  [NbdErrno.EPERM]: 'Operation not permitted',
  [NbdErrno.EIO]: 'Input/output error',
  [NbdErrno.ENOMEM]: 'Cannot allocate memory',
  [NbdErrno.EINVAL]: 'Invalid argument',
  [NbdErrno.ENOSPC]: 'No space left on device',
  [NbdErrno.EOVERFLOW]: 'Value too large',
  [NbdErrno.ENOTSUP]: 'Operation not supported',
  [NbdErrno.ESHUTDOWN]: 'Server is in the process of being shut down',
}

/** Gives the protocol's text for an error value. */
export function nbdErrnoText(errno: NbdErrno): string {
  return errnoTexts[errno]
}

/** Narrows an error value from the wire; an unknown one counts as `EINVAL`, as the protocol asks of clients. */
export function toNbdErrno(value: number): NbdErrno {
  const known: readonly NbdErrno[] = Object.values(NbdErrno)
  return known.find((errno) => errno === value) ?? NbdErrno.EINVAL
}
