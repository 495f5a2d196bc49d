/**
 * A small x86 assembler as a Java DSL, for the tiny guests of tests: real mode, protected mode and
 * long mode. Encodings follow Intel SDM volume 2. Instructions that it does not know are written
 * with {@link org.jvmm.testkit.asm.Asm#db}.
 */
package org.jvmm.testkit.asm;
