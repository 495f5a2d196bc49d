/** Guest memory as the CPU sees it: physical pages, paging, the soft TLB. */
package org.jvmm.softcpu.mmu;
