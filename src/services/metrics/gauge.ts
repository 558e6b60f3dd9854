import { Gauge, type Registry } from 'prom-client'

/** A gauge without labels that is read when somebody looks. */
export function readingGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
