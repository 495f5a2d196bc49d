/** Semantics of instructions and the interpreter that runs them. */
package org.jvmm.softcpu.exec;
