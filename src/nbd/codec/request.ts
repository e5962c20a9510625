import { err, ok, type Result } from 'neverthrow'
import { NbdError } from '../nbd-error.ts'
import { viewOf } from './bytes.ts'
import { NBD_REQUEST_MAGIC } from './constants.ts'
import { wrongSize } from './handshake.ts'

/** Bytes of a request before the payload of a write. */
export const REQUEST_SIZE = 28

/** A request of the transmission phase. */
export interface NbdRequest {
  /** {@link NbdCommandFlags} */
  readonly flags: number
  /** {@link NbdCommand} */
  readonly command: number
  /** Chosen by the client; its replies carry it. */
  readonly cookie: bigint
  /** Bytes from the start of the export. */
  readonly offset: bigint
  /** Bytes; the payload of a write has this length. */
  readonly length: number
}

/** Encodes a request, without the payload of a write. */
export function encodeRequest(request: NbdRequest): Uint8Array {
  const bytes = new Uint8Array(REQUEST_SIZE)
  const view = viewOf(bytes)
  view.setUint32(0, NBD_REQUEST_MAGIC)
  view.setUint16(4, request.flags)
  view.setUint16(6, request.command)
  view.setBigUint64(8, request.cookie)
  view.setBigUint64(16, request.offset)
  view.setUint32(24, request.length)
  return bytes
}

/** Reads a request from exactly {@link REQUEST_SIZE} bytes. */
export function decodeRequest(bytes: Uint8Array): Result<NbdRequest, NbdError> {
  if (bytes.length !== REQUEST_SIZE) return err(wrongSize('request', REQUEST_SIZE, bytes))
  const view = viewOf(bytes)
  const magic = view.getUint32(0)
  if (magic !== NBD_REQUEST_MAGIC) {
    return err(new NbdError('bad-magic', `Bad magic of a request: 0x${magic.toString(16)}`))
  }
  return ok({
    flags: view.getUint16(4),
    command: view.getUint16(6),
    cookie: view.getBigUint64(8),
    offset: view.getBigUint64(16),
    length: view.getUint32(24),
  })
}
