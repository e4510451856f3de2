/** Ends with a clear message on a Node that is too old. Plain syntax: an old Node must be able to read this. */
const wanted = [20, 19];
const found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error(
    'Fenghuo needs Node ' + wanted.join('.') + ' or newer; this is Node ' + process.versions.node + '.',
  );
  console.error('Install a newer one (https://nodejs.org, or your system’s packages) and try again.');
  process.exit(1);
}
