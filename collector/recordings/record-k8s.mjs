/**
 * Writes `k8s-audit.ndjson.gz`: audit events as an API server writes them (audit.k8s.io/v1), of a small story among the
 * usual talk of a cluster. It is written after the format and not recorded from a cluster: a cluster is more than a
 * recording is worth. Always the same: `node collector/recordings/record-k8s.mjs`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

let clock = Date.UTC(2026, 10, 25, 2, 14, 0);
let count = 0;
const lines = [];

/** One request, `after` milliseconds behind the one before. */
function request(after, { user, groups, from, agent, verb, uri, object = {}, code = 200, body }) {
  clock += after;
  count += 1;
  const at = new Date(clock).toISOString().replace('Z', '000Z');
  const allowed = code < 400;
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: body ? 'RequestResponse' : 'Metadata',
    auditID: `7c1d5a52-0000-4000-8000-${String(count).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: uri,
    verb,
    user: { username: user, groups },
    sourceIPs: [from],
    userAgent: agent,
    ...(Object.keys(object).length > 0 && { objectRef: { apiVersion: 'v1', ...object } }),
    responseStatus: {
      metadata: {},
      code,
      ...(!allowed && { status: 'Failure', reason: code === 401 ? 'Unauthorized' : 'Forbidden' }),
    },
    ...(body && { requestObject: body }),
    requestReceivedTimestamp: at,
    stageTimestamp: new Date(clock + 4).toISOString().replace('Z', '000Z'),
    annotations: {
      'authorization.k8s.io/decision': allowed ? 'allow' : 'forbid',
      'authorization.k8s.io/reason': '',
    },
  };
  lines.push(
    JSON.stringify({ at: new Date(clock).toISOString(), format: 'kubernetes', raw: JSON.stringify(event) }),
  );
}

const kubelet = (node) => ({
  user: `system:node:${node}`,
  groups: ['system:nodes', 'system:authenticated'],
  from: `10.30.0.${node.at(-1)}`,
  agent: 'kubelet/v1.31.2 (linux/amd64) kubernetes/5864a46',
});
const controller = {
  user: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
  from: '10.30.0.1',
  agent: 'kube-controller-manager/v1.31.2 (linux/amd64) kubernetes/5864a46',
};
const operator = {
  user: 'ops-zhao',
  groups: ['operators', 'system:authenticated'],
  from: '10.20.6.21',
  agent: 'kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46',
};
const stranger = {
  user: 'system:anonymous',
  groups: ['system:unauthenticated'],
  from: '203.0.113.61',
  agent: 'Go-http-client/1.1',
};
const stolen = {
  user: 'system:serviceaccount:portal:web',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:portal', 'system:authenticated'],
  from: '203.0.113.61',
  agent: 'curl/8.9.1',
};
const pods = (namespace, more = {}) => ({ resource: 'pods', namespace, ...more });

/** What a cluster says to itself all day. */
function usual(rounds) {
  for (let round = 0; round < rounds; round++) {
    for (const node of ['worker-1', 'worker-2', 'worker-3'])
      request(310, {
        ...kubelet(node),
        verb: 'update',
        uri: `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`,
        object: {
          resource: 'leases',
          namespace: 'kube-node-lease',
          name: node,
          apiGroup: 'coordination.k8s.io',
        },
      });
    request(420, {
      ...controller,
      verb: 'get',
      uri: '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
      object: {
        resource: 'configmaps',
        namespace: 'kube-system',
        name: 'extension-apiserver-authentication',
      },
    });
    if (round % 3 === 0)
      request(180, {
        ...kubelet('worker-2'),
        verb: 'create',
        uri: '/api/v1/namespaces/portal/serviceaccounts/web/token',
        object: { resource: 'serviceaccounts', namespace: 'portal', name: 'web', subresource: 'token' },
        code: 201,
      });
    if (round % 4 === 1)
      request(650, {
        ...operator,
        verb: 'list',
        uri: '/api/v1/namespaces/portal/pods?limit=500',
        object: pods('portal'),
      });
    if (round % 5 === 2)
      request(90, { ...stranger, from: '10.30.0.250', agent: 'kube-probe/1.31', verb: 'get', uri: '/livez' });
  }
}

usual(8);
// A stranger looks whether the door is open. It is, a little: the version, and the pods of one namespace.
for (const uri of ['/version', '/api', '/apis', '/api/v1/secrets', '/api/v1/nodes'])
  request(240, { ...stranger, verb: 'get', uri, code: uri === '/version' ? 200 : 403 });
request(900, { ...stranger, verb: 'list', uri: '/api/v1/namespaces/portal/pods', object: pods('portal') });
usual(4);
// He takes the token out of a web pod (that leaves no trace here) and asks with it what it may do.
request(4000, {
  ...stolen,
  verb: 'create',
  uri: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  object: { resource: 'selfsubjectrulesreviews', apiGroup: 'authorization.k8s.io' },
  code: 201,
});
for (const namespace of ['kube-system', 'finance', 'portal'])
  request(700, {
    ...stolen,
    verb: 'list',
    uri: `/api/v1/namespaces/${namespace}/secrets`,
    object: { resource: 'secrets', namespace },
    code: namespace === 'portal' ? 200 : 403,
  });
usual(3);
// Among the secrets lies the token of the deployment account: with it he goes into a running pod.
const deployer = { ...stolen, user: 'system:serviceaccount:portal:deployer' };
request(2600, {
  ...deployer,
  verb: 'create',
  uri: '/api/v1/namespaces/portal/pods/web-7d9f/exec?command=sh&stdin=true&tty=true',
  object: pods('portal', { name: 'web-7d9f', subresource: 'exec' }),
  code: 101,
});
usual(3);
// A pod that owns its node: privileged, with the node's root folder in it.
request(5200, {
  ...deployer,
  verb: 'create',
  uri: '/api/v1/namespaces/portal/pods',
  object: pods('portal', { name: 'metrics-helper' }),
  code: 201,
  body: {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'metrics-helper', namespace: 'portal' },
    spec: {
      hostPID: true,
      volumes: [{ name: 'node', hostPath: { path: '/' } }],
      containers: [
        {
          name: 'helper',
          image: 'alpine:3.20',
          command: ['sleep', '86400'],
          securityContext: { privileged: true },
          volumeMounts: [{ name: 'node', mountPath: '/node' }],
        },
      ],
    },
  },
});
usual(3);
// With the node's own rights he makes his account master of the cluster, and takes away what would have told.
const binding = {
  resource: 'clusterrolebindings',
  name: 'portal-metrics',
  apiGroup: 'rbac.authorization.k8s.io',
};
const master = { ...deployer, user: 'system:serviceaccount:kube-system:node-agent', from: '10.30.0.3' };
request(3100, {
  ...master,
  verb: 'create',
  uri: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  object: binding,
  code: 201,
  body: {
    kind: 'ClusterRoleBinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name: 'portal-metrics' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'portal' }],
  },
});
request(1500, {
  ...deployer,
  verb: 'delete',
  uri: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/image-policy',
  object: {
    resource: 'validatingwebhookconfigurations',
    name: 'image-policy',
    apiGroup: 'admissionregistration.k8s.io',
  },
});
request(1200, {
  ...deployer,
  verb: 'list',
  uri: '/api/v1/secrets?limit=500',
  object: { resource: 'secrets' },
});
usual(6);

const target = fileURLToPath(new URL('k8s-audit.ndjson.gz', import.meta.url));
writeFileSync(target, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
console.log(`${lines.length} events`);
