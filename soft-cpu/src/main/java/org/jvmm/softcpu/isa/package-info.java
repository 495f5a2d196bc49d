/** The instruction table ({@link org.jvmm.softcpu.isa.OpTable}), decoder and disassembler. */
package org.jvmm.softcpu.isa;
