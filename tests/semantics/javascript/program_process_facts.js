console.log(process.version, process.versions.v8, process.release.name, process.platform, process.arch, process.title);
console.log(process.cwd(), process.umask().toString(8), process.exitCode, process.connected, process.debugPort, process.features);
console.log(process.config.variables.napi_build_version, process.allowedNodeEnvironmentFlags.has('--stack-size'), process.ppid > 0);
console.log(process.listenerCount('exit'), process.eventNames(), process.getMaxListeners(), process.domain, process.report.excludeNetwork);
console.log(process.hasUncaughtExceptionCaptureCallback(), process.sourceMapsEnabled, process.throwDeprecation, process.noDeprecation, process.traceDeprecation);
console.log(typeof process.binding, process.mainModule === require.main, process.getActiveResourcesInfo(), process.argv.length);
