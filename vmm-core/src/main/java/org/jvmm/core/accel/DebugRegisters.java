package org.jvmm.core.accel;

/** Hardware breakpoints (SDM vol. 3 section 18.2): four linear addresses and their control word. */
public record DebugRegisters(long dr0, long dr1, long dr2, long dr3, long dr7) {}
