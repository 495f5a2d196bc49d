/** The state of one vCPU and its basic operations. */
package org.jvmm.softcpu.cpu;
