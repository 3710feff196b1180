package api

import (
	"context"

	"github.com/dreamql/dreamql/server/account"
)

// GetAccount says whose token it is.
func (a *API) GetAccount(ctx context.Context, _ GetAccountRequestObject) (GetAccountResponseObject, error) {
	who := account.From(ctx)
	return GetAccount200JSONResponse{Id: parsed(who.AccountID), Name: who.Name, Scopes: who.Scopes}, nil
}

func token(t account.Token) Token {
	return Token{Id: parsed(t.ID), Name: t.Name, Scopes: t.Scopes, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt}
}

// ListTokens lists the caller's tokens.
func (a *API) ListTokens(ctx context.Context, _ ListTokensRequestObject) (ListTokensResponseObject, error) {
	list, err := a.Accounts.List(ctx, account.From(ctx))
	if err != nil {
		return nil, err
	}
	items := make([]Token, len(list))
	for i, t := range list {
		items[i] = token(t)
	}
	return ListTokens200JSONResponse{Items: items}, nil
}

// CreateToken makes a token; its secret is in this answer only.
func (a *API) CreateToken(ctx context.Context, r CreateTokenRequestObject) (CreateTokenResponseObject, error) {
	t, secret, err := a.Accounts.Create(ctx, account.From(ctx), r.Body.Name, r.Body.Scopes, r.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	return CreateToken201JSONResponse{Token: token(*t), Secret: secret}, nil
}

// RevokeToken ends a token.
func (a *API) RevokeToken(ctx context.Context, r RevokeTokenRequestObject) (RevokeTokenResponseObject, error) {
	if err := a.Accounts.Revoke(ctx, account.From(ctx), r.Token.String()); err != nil {
		return nil, err
	}
	return RevokeToken204Response{}, nil
}
