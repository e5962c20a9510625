import type { QmpInteger } from '../json.ts'

/** QAPI `QCryptoCipherAlgorithm` (qapi/crypto.json). */
export type QCryptoCipherAlgorithm =
  | 'aes-128'
  | 'aes-192'
  | 'aes-256'
  | 'des'
  | '3des'
  | 'cast5-128'
  | 'serpent-128'
  | 'serpent-192'
  | 'serpent-256'
  | 'twofish-128'
  | 'twofish-192'
  | 'twofish-256'

/** QAPI `QCryptoHashAlgorithm` (qapi/crypto.json). */
export type QCryptoHashAlgorithm =
  'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'ripemd160'

/** QAPI `QCryptoBlockCreateOptionsLUKS` (qapi/crypto.json): how a LUKS volume is formatted. */
export interface QCryptoBlockCreateOptionsLUKS {
  /** The id of a `secret` object with the passphrase. */
  readonly 'key-secret'?: string
  readonly 'cipher-alg'?: QCryptoCipherAlgorithm
  readonly 'cipher-mode'?: 'ecb' | 'cbc' | 'xts' | 'ctr'
  readonly 'ivgen-alg'?: 'plain' | 'plain64' | 'essiv'
  readonly 'ivgen-hash-alg'?: QCryptoHashAlgorithm
  readonly 'hash-alg'?: QCryptoHashAlgorithm
  /** Milliseconds that one unlocking should take. */
  readonly 'iter-time'?: QmpInteger
}

/** QAPI `QCryptoBlockCreateOptions` (qapi/crypto.json). */
export type QCryptoBlockCreateOptions =
  | { readonly format: 'qcow'; readonly 'key-secret'?: string }
  | ({ readonly format: 'luks' } & QCryptoBlockCreateOptionsLUKS)

/** QAPI `BlockdevQcow2Encryption` (qapi/block-core.json): how an encrypted qcow2 is opened. */
export type BlockdevQcow2Encryption =
  | { readonly format: 'aes'; readonly 'key-secret'?: string }
  | { readonly format: 'luks'; readonly 'key-secret'?: string }
