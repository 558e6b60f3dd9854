import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listens } from '../../support/wire-programs.ts'
import { type Server, startServer } from './server.ts'

export interface NginxPlan {
  readonly folder: string
  readonly upstreamPort: number
  readonly port: number
}

/** As `nginx -v` says it; null where it is not installed. */
export function nginxVersion(): string | null {
  const { stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  return /nginx\/(\S+)/.exec(stderr ?? '')?.[1] ?? null
}

/** Starts nginx as a plain TLS proxy: one worker, connections to the upstream kept, access log on. */
export async function startNginx(plan: NginxPlan): Promise<Server> {
  const home = join(plan.folder, 'nginx')
  mkdirSync(home)
  const file = join(home, 'nginx.conf')
  writeFileSync(file, configuration(plan, home))
  return startServer(
    ['nginx', '-p', home, '-e', join(home, 'error.log'), '-c', file],
    join(home, 'output.log'),
    () => listens(plan.port),
  )
}

function configuration({ folder, upstreamPort, port }: NginxPlan, home: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
worker_processes 1;
pid ${home}/nginx.pid;
events { worker_connections 1024; }
http {
  ${temporary.map((each) => `${each}_temp_path ${home}/${each};`).join('\n  ')}
  access_log ${home}/access.log;
  keepalive_requests 100000000;
  upstream bank {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name api.bank.example;
    ssl_certificate ${folder}/server.pem;
    ssl_certificate_key ${folder}/server-key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 0;
    location / {
      # Bodies flow through, as they do in Holdfast; else those that are large would go by way of the disk.
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_pass http://bank;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
`
}
