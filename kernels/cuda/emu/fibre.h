// SPDX-License-Identifier: GPL-3.0-or-later
//
// Fibres: stacks of their own that hand the processor to each other. On amd64 by ten instructions; elsewhere by ucontext.
#pragma once
#include <cstdint>
#include <cstdlib>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace emu {

constexpr size_t stack_bytes = 128 << 10;

#if defined(__x86_64__)

extern "C" void emu_switch(void **from, void *to);

asm(R"(
	.text
	.globl emu_switch
	.type emu_switch, @function
emu_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.size emu_switch, .-emu_switch
	.section .note.GNU-stack,"",@progbits
	.text
)");

struct Fibre {
	void *sp = nullptr;
	char *stack = nullptr;

	// start makes the next switch to this fibre call entry, which must never return.
	void start(void (*entry)()) {
		if (!stack)
			stack = static_cast<char *>(malloc(stack_bytes));
		void **top = reinterpret_cast<void **>((reinterpret_cast<uintptr_t>(stack) + stack_bytes) & ~uintptr_t(15));
		*--top = nullptr; // entry finds the stack aligned as after a call
		*--top = reinterpret_cast<void *>(entry);
		for (int i = 0; i < 6; i++)
			*--top = nullptr;
		sp = top;
	}
	void switch_to(Fibre &to) { emu_switch(&sp, to.sp); }
};

#else

struct Fibre {
	ucontext_t context;
	char *stack = nullptr;

	void start(void (*entry)()) {
		if (!stack)
			stack = static_cast<char *>(malloc(stack_bytes));
		getcontext(&context);
		context.uc_stack.ss_sp = stack;
		context.uc_stack.ss_size = stack_bytes;
		context.uc_link = nullptr;
		makecontext(&context, entry, 0);
	}
	void switch_to(Fibre &to) { swapcontext(&context, &to.context); }
};

#endif

} // namespace emu
