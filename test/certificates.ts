import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
  /** What a client trusts that wants to see this one. */
  readonly pem: string
}

/** A folder for certificates that sign themselves; it goes with the file of tests that asks for them. */
const folder = mkdtempSync(join(tmpdir(), 'playpipe-certificates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a certificate for localhost and 127.0.0.1 whose subject is `name`. */
export function makeCertificate(name: string, curve = 'prime256v1'): CertificateFiles {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes', '-days', '2']
  const whom = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  openssl(...kind, ...whom, '-keyout', key, '-out', cert)
  return { cert, key, pem: readFileSync(cert, 'utf8') }
}

/** The same key, with a passphrase. */
export function lockKey({ key }: CertificateFiles): string {
  openssl('pkcs8', '-topk8', '-in', key, '-passout', 'pass:secret', '-out', `${key}.locked`)
  return `${key}.locked`
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
