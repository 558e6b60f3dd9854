import { CLIENT, type Ecosystem, TEXT } from './trial.ts'

const CDR = '/cds-au/v1'
const CDS = 'urn:au-cds:error:cds-all'
const arrangement = (id: string) => ({ claims: { cdr_arrangement_id: id } })

export const CONSUMER_DATA_RIGHT: Ecosystem = {
  file: 'consumer-data-right.yaml',
  state: 'ACTIVE',
  consent: (status) => ({ status, client_id: CLIENT }),
  refusals: { type: 'application/json', body: { errors: [{ code: TEXT, title: TEXT, detail: TEXT }] } },
  trials: [
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      answers: 200,
    },
    {
      path: `${CDR}/banking/accounts/1`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      answers: 'SCOPE_INSUFFICIENT',
    },
    {
      path: `${CDR}/common/customer`,
      scope: 'common:customer.basic:read',
      ...arrangement('withdrawn'),
      answers: `${CDS}:Authorisation/RevokedConsent`,
      title: 'Consent Is Revoked',
    },
    {
      path: `${CDR}/banking/products`,
      scope: 'bank:accounts.basic:read',
      answers: `${CDS}:Resource/NotFound`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-v',
      answers: `${CDS}:Header/Missing`,
      title: 'Missing Required Header',
    },
    // Its upstream knows which versions there are, and has a code of its own for what is none.
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-v',
      fields: ['x-v', 'abc'],
      answers: 200,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-fapi-auth-date',
      answers: `${CDS}:Header/Missing`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-fapi-auth-date',
      fields: ['x-fapi-auth-date', '2026-01-01'],
      answers: `${CDS}:Header/Invalid`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-fapi-interaction-id',
      answers: 200,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      ...arrangement('good'),
      without: 'x-fapi-interaction-id',
      fields: ['x-fapi-interaction-id', '7'],
      answers: `${CDS}:Header/Invalid`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      answers: `${CDS}:Authorisation/InvalidConsent`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      claims: { client_id: 'another', cdr_arrangement_id: 'good' },
      answers: `${CDS}:Authorisation/InvalidConsent`,
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      isClients: true,
      answers: 'GRANT_INSUFFICIENT',
    },
    {
      path: `${CDR}/banking/accounts`,
      scope: 'bank:accounts.basic:read',
      claims: { cdr_arrangement_id: 'good', exp: 4_000_000_000 },
      answers: 'TOKEN_LIFETIME',
    },
  ],
}
