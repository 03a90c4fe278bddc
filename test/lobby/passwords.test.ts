import { expect, it, onTestFinished } from 'vitest'
import { Passwords } from '../../src/lobby/passwords.ts'
import { createScrypt } from '../../src/lobby/scrypt.ts'

function newPasswords(): Passwords {
  const passwords = new Passwords()
  onTestFinished(() => passwords.close())
  return passwords
}

it('knows the right password from a wrong one, in whatever form its letters are written', async () => {
  const passwords = newPasswords()
  const stored = (await passwords.hash('caf\u00e9 au lait'))!
  expect(stored).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/=]{24}\$[\w+/=]{44}$/)
  expect(await passwords.verify('cafe\u0301 au lait', stored)).toBe(true)
  expect(await passwords.verify('cafe au lait', stored)).toBe(false)
  expect(await passwords.verify('', stored)).toBe(false)
  expect(await passwords.hash('caf\u00e9 au lait')).not.toBe(stored)
})

it('does the same work for a name that nobody has as for a wrong password', () => {
  const work: unknown[] = []
  const { hash, verify } = createScrypt((password, salt, cost, bytes) => {
    work.push({ password, salt: salt.length, cost, bytes })
    return Buffer.alloc(bytes, password.length)
  })
  const stored = hash('right')
  work.length = 0
  expect(verify('wrong password', stored)).toBe(false)
  expect(verify('wrong password', undefined)).toBe(false)
  expect(work).toHaveLength(2)
  expect(work[1]).toEqual(work[0])
})

it('turns away what would wait too long, and the event loop turns while the rest is worked on', async () => {
  const passwords = newPasswords()
  const asked = Array.from({ length: 40 }, () => passwords.verify('x', undefined))
  expect(asked.filter((answer) => answer === undefined)).toHaveLength(8)
  let turned = false
  setImmediate(() => {
    turned = true
  })
  await asked[0]
  expect(turned).toBe(true)
  // The others end with the test.
  void Promise.allSettled(asked)
})
