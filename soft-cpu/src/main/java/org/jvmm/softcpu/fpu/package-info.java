/**
 * Floating-point arithmetic of the CPU in Java: a pure library over raw bits, without memory,
 * decoding or CPU state.
 *
 * <ul>
 *   <li>{@link org.jvmm.softcpu.fpu.X87}: the x87 instructions over an {@link
 *       org.jvmm.softcpu.fpu.X87State} (register stack, control, status and tag words); {@link
 *       org.jvmm.softcpu.fpu.X87Image} lays that state out as FSTENV, FSAVE and FXSAVE do.
 *   <li>{@link org.jvmm.softcpu.fpu.X87Arithmetic}, {@link org.jvmm.softcpu.fpu.X87Remainder},
 *       {@link org.jvmm.softcpu.fpu.X87Convert}, {@link org.jvmm.softcpu.fpu.X87Transcendental}:
 *       80-bit values in, result and exceptions out through one shared {@link
 *       org.jvmm.softcpu.fpu.X87Result}.
 *   <li>{@link org.jvmm.softcpu.fpu.SseFloat}, {@link org.jvmm.softcpu.fpu.SseConvert}: binary32
 *       and binary64 elements under an {@link org.jvmm.softcpu.fpu.Mxcsr}.
 * </ul>
 *
 * <p>Sources: Intel SDM volume 1 chapters 4, 8 and 11 and the instruction pages of volume 2; where
 * they leave a choice, an AMD EPYC (family 25) was measured. Nothing here allocates after
 * construction, and an instance belongs to one vCPU.
 */
package org.jvmm.softcpu.fpu;
