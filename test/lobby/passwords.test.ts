import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, it, onTestFinished } from 'vitest'
import { Passwords } from '../../src/lobby/passwords.ts'

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

it('takes as long for a name that nobody has as for a wrong password', async () => {
  const passwords = newPasswords()
  const stored = await passwords.hash('right')
  const time = async (kept: string | undefined) => {
    const start = performance.now()
    expect(await passwords.verify('wrong', kept)).toBe(false)
    return performance.now() - start
  }
  const times: [number, number][] = []
  for (let i = 0; i < 5; i++) times.push([await time(stored), await time(undefined)])
  const median = (of: 0 | 1) => times.map((pair) => pair[of]).sort((a, b) => a - b)[2]!
  expect(median(1) / median(0)).toBeGreaterThan(0.6)
  expect(median(1) / median(0)).toBeLessThan(1.6)
})

it('turns away what would wait too long, and the event loop hardly notices the rest', async () => {
  const passwords = newPasswords()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const asked = Array.from({ length: 40 }, () => passwords.verify('x', undefined))
  expect(asked.filter((answer) => answer === undefined)).toHaveLength(8)
  // The others end with the test.
  void Promise.allSettled(asked)
  await Promise.all(asked.slice(0, 8))
  delay.disable()
  // A blocked loop would be held for 150 ms at a time.
  expect(delay.percentile(99) / 1e6).toBeLessThan(100)
})
