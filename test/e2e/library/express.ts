import express, { type Express } from 'express'
import { Admission } from '../../../src/index.ts'
import { type Guard, judge } from './guard.ts'

/** An Express app behind the decision. */
export function expressApp(guard: Guard): Express {
  const app = express()
  app.use(async (request, response, next) => {
    const verdict = await judge(request, guard)
    if (verdict instanceof Admission) {
      response.locals['token'] = verdict.token
      return next()
    }
    response.writeHead(verdict.status, [...verdict.fields]).end(verdict.body)
  })
  app.get('/accounts', (_, response) => {
    response.json({ subject: response.locals['token'].subject })
  })
  return app
}
