import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from './programs.ts'

/** Directories of certificates as QEMU and libnbd want them. */
export interface TestCertificates {
  /** Server and client, signed by one authority. */
  readonly good: string
  /** A client whose certificate another authority signed. */
  readonly stranger: string
}

/** Makes authorities and certificates that are good for a day. */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const [good, stranger] = [join(folder, 'good'), join(folder, 'stranger')]
  await makeAuthority(good)
  await makeCertificate(good, 'server')
  await makeCertificate(good, 'client')
  await makeAuthority(stranger)
  await makeCertificate(stranger, 'client')
  return { good, stranger }
}

const key = ['-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '1']

async function makeAuthority(directory: string): Promise<void> {
  mkdirSync(directory)
  const files = ['-keyout', join(directory, 'ca-key.pem'), '-out', join(directory, 'ca-cert.pem')]
  await output('openssl', 'req', '-x509', ...key, ...files, '-subj', '/CN=test authority')
}

async function makeCertificate(directory: string, side: 'server' | 'client'): Promise<void> {
  const file = (name: string): string => join(directory, name)
  const subject = ['-subj', `/CN=${side}.test`]
  const request = ['-keyout', file(`${side}-key.pem`), '-out', file(`${side}.csr`)]
  await output('openssl', 'req', ...key.slice(0, 4), ...request, ...subject)
  const purpose = `extendedKeyUsage=${side}Auth\nsubjectAltName=DNS:${side}.test,DNS:localhost,IP:127.0.0.1\n`
  writeFileSync(file(`${side}.ext`), purpose)
  const files = ['-in', file(`${side}.csr`), '-out', file(`${side}-cert.pem`)]
  const signer = ['-CA', file('ca-cert.pem'), '-CAkey', file('ca-key.pem'), '-CAcreateserial']
  const how = ['-days', '1', '-sha256', '-extfile', file(`${side}.ext`)]
  await output('openssl', 'x509', '-req', ...files, ...signer, ...how)
}
