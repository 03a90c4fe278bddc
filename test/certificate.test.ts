import { afterEach, expect, it, vi } from 'vitest'
import { readCertificate } from '../src/edge/certificate.ts'
import { makeCertificate } from './certificates.ts'

afterEach(() => vi.useRealTimers())

it('a certificate tells whom it names, and until when', () => {
  const certificate = readCertificate(makeCertificate('dates'))
  expect(certificate.expired).toBe(false)
  expect(certificate.summary).toMatch(/^localhost, 127\.0\.0\.1, good until .* GMT$/)
  vi.setSystemTime(Date.now() + 3 * 86_400_000)
  const later = readCertificate(certificate.files)
  expect(later.expired).toBe(true)
  expect(later.summary).toMatch(/^localhost, 127\.0\.0\.1, EXPIRED .* GMT$/)
})
