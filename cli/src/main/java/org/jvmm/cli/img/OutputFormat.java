package org.jvmm.cli.img;

/** The values of {@code --output}. */
enum OutputFormat {
  human,
  json
}
