import { expect } from 'vitest'
import { CLIENT, type Ecosystem, TEXT } from './trial.ts'

const UK = '/open-banking/v4.0'
const intent = (id: string) => ({ claims: { openbanking_intent_id: id } })

export const OPEN_BANKING_UK: Ecosystem = {
  file: 'open-banking-uk.yaml',
  state: 'AUTH',
  consent: (Status) => ({
    Data: { Status, Permissions: ['ReadAccountsBasic', 'ReadBalances'] },
    ClientId: CLIENT,
  }),
  refusals: {
    type: 'application/json',
    body: {
      Id: TEXT,
      Code: expect.stringMatching(/^4\d\d \w/),
      Message: TEXT,
      Errors: [{ ErrorCode: TEXT, Message: TEXT }],
    },
  },
  trials: [
    { path: `${UK}/aisp/accounts`, scope: 'accounts', ...intent('good'), answers: 200 },
    { path: `${UK}/aisp/accounts/1/balances`, scope: 'accounts', ...intent('good'), answers: 200 },
    {
      path: `${UK}/aisp/accounts/1/transactions`,
      scope: 'accounts',
      ...intent('good'),
      answers: 'CONSENT_PERMISSION',
    },
    { path: `${UK}/aisp/statements`, scope: 'accounts', ...intent('good'), answers: 'ROUTE_UNKNOWN' },
    {
      path: `${UK}/aisp/accounts`,
      scope: 'accounts',
      ...intent('withdrawn'),
      answers: 'U009',
      status: 400,
    },
    { path: `${UK}/aisp/accounts`, scope: 'payments', ...intent('good'), answers: 'SCOPE_INSUFFICIENT' },
    { path: `${UK}/aisp/accounts`, scope: 'accounts', isClients: true, answers: 'GRANT_INSUFFICIENT' },
    {
      method: 'POST',
      path: `${UK}/aisp/account-access-consents`,
      scope: 'accounts',
      isClients: true,
      answers: 200,
    },
    {
      method: 'POST',
      path: `${UK}/aisp/account-access-consents`,
      scope: 'accounts',
      answers: 'GRANT_INSUFFICIENT',
    },
    {
      method: 'POST',
      path: `${UK}/pisp/domestic-payments`,
      scope: 'payments',
      ...intent('good'),
      answers: 200,
    },
    { path: `${UK}/pisp/domestic-payments/7`, scope: 'payments', isClients: true, answers: 200 },
    { path: `${UK}/vrp/domestic-vrps/7`, scope: 'payments', isClients: true, answers: 'ROUTE_UNKNOWN' },
    {
      method: 'POST',
      path: `${UK}/pisp/domestic-payments`,
      scope: 'payments',
      ...intent('good'),
      without: 'x-idempotency-key',
      answers: 'U007',
    },
  ],
}
