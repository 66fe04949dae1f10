bomb() {
    bomb | bomb
}
bomb
