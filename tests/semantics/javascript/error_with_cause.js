function load() {
  try {
    JSON.parse('{broken');
  } catch (error) {
    throw new Error('cannot load the settings', { cause: error });
  }
}
load();
