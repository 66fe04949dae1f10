const graph = { a: { b: 7, c: 3 }, b: { d: 2 }, c: { b: 1, d: 8 }, d: {}, e: { a: 1 } };

function distances(graph, start) {
  const known = Object.fromEntries(Object.keys(graph).map((node) => [node, Infinity]));
  known[start] = 0;
  const waiting = new Set(Object.keys(graph));
  while (waiting.size) {
    const node = [...waiting].reduce((a, b) => (known[a] <= known[b] ? a : b));
    waiting.delete(node);
    for (const [next, step] of Object.entries(graph[node])) {
      known[next] = Math.min(known[next], known[node] + step);
    }
  }
  return known;
}

console.log(distances(graph, 'a'));
console.table(distances(graph, 'e'));
