import { expect, it } from 'vitest'
import { sessionCookie, tokenOf } from '../../src/edge/api/credentials.ts'

it('a cookie is for this server’s own pages, no script reads it, and over TLS it goes over TLS alone', () => {
  const plain = 'playpipe_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict'
  expect(sessionCookie('t', 60, false)).toBe(plain)
  expect(sessionCookie('t', 60, true)).toBe(`${plain}; Secure`)
})

it.each([
  [{ authorization: 'Bearer t' }, 't'],
  [{ authorization: 'bearer  t' }, 't'],
  [{ authorization: 'Bearer t', cookie: 'playpipe_session=c' }, 't'],
  [{ authorization: 'Basic t', cookie: 'playpipe_session=c' }, undefined],
  [{ authorization: 'Bearer', cookie: 'playpipe_session=c' }, undefined],
  [{ cookie: 'playpipe_session=c' }, 'c'],
  [{ cookie: 'a=b;playpipe_session=c ;d=e' }, 'c'],
  [{ cookie: 'not_playpipe_session=c' }, undefined],
  [{ cookie: 'playpipe_session=' }, undefined],
  [{}, undefined],
])('the token of %j is %j', (headers, token) => {
  expect(tokenOf(headers)).toBe(token)
})
