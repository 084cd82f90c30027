// One memory bank: what is asked for in one cycle is there in the next, and stays until something else is.
`timescale 1ns / 1ps
`default_nettype none

module bank_rom #(
    parameter WORD_BITS = 8,
    parameter DEPTH = 16,
    parameter ADDRESS_BITS = 4,
    parameter IMAGE = ""
) (
    input  wire clk,
    input  wire enable,
    input  wire [ADDRESS_BITS-1:0] address,
    output reg  [WORD_BITS-1:0] word
);
    reg [WORD_BITS-1:0] words [0:DEPTH-1];
    initial $readmemh(IMAGE, words);
    always @(posedge clk) if (enable) word <= words[address];
endmodule

`default_nettype wire
