import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError, type TlsFiles } from '../config.ts'

/** A certificate and its key, read and found to belong together. */
export interface Certificate {
  readonly files: TlsFiles
  /** PEM, the chain included. */
  readonly cert: Buffer
  /** PEM. */
  readonly key: Buffer
  /** Whom it names and until when, for the log. */
  readonly summary: string
  readonly expired: boolean
}

/** @throws ConfigError that names the file and says what is wrong with it */
export function readCertificate(files: TlsFiles): Certificate {
  const cert = read('--tlscert', files.cert)
  const key = read('--tlskey', files.key)
  const own = parseCertificate(files.cert, cert)
  if (!own.checkPrivateKey(parseKey(files.key, key)))
    throw new ConfigError(`--tlskey ${files.key}: it is not the key of the certificate in ${files.cert}`)
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new ConfigError(`--tlscert ${files.cert}: ${(error as Error).message}`)
  }
  const names = own.subjectAltName?.replaceAll(/(DNS|IP Address):/g, '') ?? own.subject.replaceAll('\n', ', ')
  const expired = Date.parse(own.validTo) < Date.now()
  return { files, cert, key, summary: `${names}, ${expired ? 'EXPIRED' : 'good until'} ${own.validTo}`, expired }
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigError(`${flag} ${file}: it can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function parseCertificate(file: string, pem: Buffer): X509Certificate {
  try {
    if (!pem.includes('-----BEGIN')) throw new Error()
    return new X509Certificate(pem)
  } catch {
    throw new ConfigError(`--tlscert ${file}: it holds no certificate in PEM`)
  }
}

function parseKey(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    const why = pem.includes('ENCRYPTED') ? 'it has a passphrase; want it without' : 'it holds no private key in PEM'
    throw new ConfigError(`--tlskey ${file}: ${why}`)
  }
}
