import { workerData } from 'node:worker_threads'
import { type Database, openDatabase } from './database.ts'
import { answerTogether } from './thread.ts'

const { calls, together } = open(workerData as string)
answerTogether(calls, together)

/** The message of libsql's own errors is lost on the way between threads. */
function open(file: string): Database {
  try {
    return openDatabase(file)
  } catch (error) {
    throw new Error((error as Error).message)
  }
}
