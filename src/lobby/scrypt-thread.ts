import { setPriority } from 'node:os'
import { createScrypt } from './scrypt.ts'
import { answerCalls } from './thread.ts'

/** Log-ins yield to rooms: on Linux this is the priority of this thread alone. Elsewhere it would be the process's. */
if (process.platform === 'linux') setPriority(5)

answerCalls(createScrypt())
