/**
 * Instructions that an accelerator refuses (an emulation failure of KVM), executed by the CPU in
 * Java: a wrapper around any {@link org.jvmm.core.accel.Accelerator} that reports {@link
 * org.jvmm.core.accel.ExitReason#EMULATION_FAILURE} with the state before the instruction.
 *
 * <p>{@link org.jvmm.rescue.RescueAccelerator} reads the option, {@code RescueVcpu} runs, {@code
 * Rescuer} moves the state there and back, {@code Needs} knows from the instruction table what an
 * instruction needs of it, {@code Stay} decides when to go back, {@code Standstill} makes LOCKed
 * instructions atomic against the vCPUs that run meanwhile. Where the accelerator is an emulator
 * itself, the guest goes on in Java as a whole: {@code TakeoverVm}.
 */
package org.jvmm.rescue;
