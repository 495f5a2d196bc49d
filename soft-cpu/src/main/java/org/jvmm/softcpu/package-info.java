/**
 * The accelerator "soft": a complete x86-64 CPU in Java. The map:
 *
 * <ul>
 *   <li>{@link org.jvmm.softcpu.isa}: the instruction table, the decoder and the disassembler.
 *       Knows no CPU state.
 *   <li>{@link org.jvmm.softcpu.fault}: the guest's exceptions on their way out of an instruction.
 *   <li>{@link org.jvmm.softcpu.mmu}: guest-physical memory, paging, the soft TLB.
 *   <li>{@link org.jvmm.softcpu.cpu}: the registers of a vCPU, lazy flags, pending I/O.
 *   <li>{@link org.jvmm.softcpu.sys}: segments, control registers, interrupts, tasks: what system
 *       instructions and exceptions do.
 *   <li>{@link org.jvmm.softcpu.exec}: semantics as handlers, the cache of decoded blocks, the
 *       interpreter.
 * </ul>
 *
 * <p>Decode, semantics and execution are apart: {@code isa} turns bytes into an {@link
 * org.jvmm.softcpu.isa.Insn}, a {@link org.jvmm.softcpu.exec.Family} chooses a {@link
 * org.jvmm.softcpu.exec.Handler} for it, the {@link org.jvmm.softcpu.exec.Interpreter} runs blocks
 * of both.
 *
 * <p>Adding instructions takes: rows in a {@code *Rows} class of {@code isa} (format: {@code
 * OpSpec}); a method {@code static void name(Cpu c, Insn in)} for each; a {@code Family} that binds
 * the mnemonics with {@code Binder.of(Class::name)}, listed in {@code Bindings}; for a hot one a
 * template instead ({@code AluTwo} is the pattern). Rules for semantics: operands come through
 * {@code Form}, memory through {@code Cpu.address} and {@code Cpu.mmu}; nothing of the CPU changes
 * before the last thing that can fault, and a store counts as that; what is read, modified and
 * stored is read by {@code readForWrite}; flags go through {@code Flags}. Vector operands come
 * through {@code Sse}, whose {@code begin} is the first thing such an instruction does; packed
 * integers are functions of longs in {@code Lanes}, told by mnemonic in {@code Lanewise}.
 *
 * <p>VEX (AVX, BMI, FMA) is not decoded yet: C4H and C5H are LES and LDS, which do not exist in
 * 64-bit mode nor with a register operand. It takes a prefix in {@code Decoder} that sets map,
 * mandatory prefix and REX bits as legacy prefixes do, and vvvv and L in {@code Insn}; an {@code
 * OpSpec} word for rows that want it, and operand codes for vvvv and for 256 bits; four longs a
 * register in {@code Cpu.xmm}; state component 2 in {@code ExtendedState}. Rows, families, features
 * and the differential test stay as they are.
 *
 * <p>{@code HostDifferentialTest} compares every user-mode row of the table with the host's own
 * CPU; it needs nothing but the row.
 */
package org.jvmm.softcpu;
