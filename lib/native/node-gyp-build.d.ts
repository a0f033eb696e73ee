declare module 'node-gyp-build' {
  const nodeGypBuild: { resolve(root: string): string }
  export default nodeGypBuild
}
