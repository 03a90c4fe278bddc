import { parentPort, receiveMessageOnPort, Worker } from 'node:worker_threads'

// biome-ignore lint/suspicious/noExplicitAny: any function is a call
type Calls = Record<string, (...args: any[]) => unknown>

interface Question {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  /** Why there is no value. */
  readonly error?: string
}

interface Caller {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A thread of its own that answers calls one after the other, so that what it does never holds up the event loop. */
export class Thread<C extends Calls> {
  private readonly worker: Worker
  private readonly callers = new Map<number, Caller>()
  private failure: Error | undefined
  private last = 0

  /** @param name of the module beside this one that answers @param data what it finds as `workerData` */
  constructor(name: string, data?: unknown) {
    this.worker = new Worker(moduleOf(name), { workerData: data })
    this.worker.on('message', (answers: Answer[]) => this.answered(answers))
    this.worker.on('error', (error) => this.ended(error))
    this.worker.on('exit', () => this.ended(new Error(`the thread ${name} has ended`)))
  }

  /** Calls that are not answered yet. */
  get size(): number {
    return this.callers.size
  }

  /** It has ended, by itself or by a fault: whatever is called fails. */
  get dead(): boolean {
    return this.failure !== undefined
  }

  call<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<ReturnType<C[K]>> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      const id = ++this.last
      this.callers.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.worker.postMessage({ id, name, args } satisfies Question)
    })
  }

  /** What was called and is not answered fails. */
  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private answered(answers: readonly Answer[]): void {
    for (const { id, value, error } of answers) {
      const caller = this.callers.get(id)!
      this.callers.delete(id)
      if (error === undefined) caller.resolve(value)
      else caller.reject(new Error(error))
    }
  }

  private ended(error: Error): void {
    this.failure ??= error
    for (const caller of this.callers.values()) caller.reject(this.failure)
    this.callers.clear()
  }
}

/** Node runs no TypeScript: where the sources run as they are, as in tests, threads come from what was built of them. */
function moduleOf(name: string): URL {
  const here = import.meta.url.endsWith('.ts') ? '../../dist/lobby/' : './'
  return new URL(`${here}${name}.js`, import.meta.url)
}

/** In a thread: answers each call as it comes. */
export function answerCalls(calls: Calls): void {
  parentPort!.on('message', (question: Question) => parentPort!.postMessage([answer(calls, question)]))
}

/** In a thread: answers all calls that wait at once. @param together does the work, or throws, and then none of it is done */
export function answerTogether(calls: Calls, together: (work: () => void) => void): void {
  parentPort!.on('message', (first: Question) => {
    const questions = [first, ...waiting()]
    let answers: Answer[] = []
    try {
      together(() => {
        answers = questions.map((question) => answer(calls, question))
      })
    } catch (error) {
      answers = questions.map(({ id }) => ({ id, error: (error as Error).message }))
    }
    parentPort!.postMessage(answers)
  })
}

function* waiting(): Generator<Question> {
  for (let next = receiveMessageOnPort(parentPort!); next; next = receiveMessageOnPort(parentPort!)) yield next.message
}

function answer(calls: Calls, { id, name, args }: Question): Answer {
  try {
    return { id, value: calls[name]!(...args) }
  } catch (error) {
    return { id, error: (error as Error).message }
  }
}
